using BenchmarkDotNet.Running;
using Recluster.MicroBench;

// What Recluster puts on the path of each request and each connection, each next to what there is without it.
//   dotnet run -c Release --project bench/Recluster.MicroBench -- --filter '*'
BenchmarkSwitcher.FromTypes([typeof(RequestPath), typeof(ConnectionPath), typeof(AcceptPath)]).Run(args);
