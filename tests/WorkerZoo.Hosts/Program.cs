using WorkerZoo.Hosts;

// An app that builds and runs its host in the way that --shape names.
var shape = new ConfigurationBuilder().AddCommandLine(args).Build()["shape"] ?? "create-builder";
var run = WebApplicationShapes.All.Concat(GenericHostShapes.All).Concat(NoWebShapes.All).Concat(LifetimeShapes.All).Concat(ContainerShapes.All)
    .Concat(SeveralHostsShapes.All).Concat(LegacyShapes.All).Concat(ForgottenShapes.All)
    .ToDictionary(pair => pair.Key, pair => pair.Value);
await run[shape](args);
await Console.Out.WriteLineAsync($"Program.cs has come to its end in pid {Environment.ProcessId}.");
