namespace Recluster.FunctionalTests.Support;

/// <summary>Who answered a request to <c>/</c>.</summary>
internal sealed record ZooIdentity(int Slot, int Pid, int Generation, int MasterPid);
