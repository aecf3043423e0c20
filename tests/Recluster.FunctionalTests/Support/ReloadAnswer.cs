namespace Recluster.FunctionalTests.Support;

/// <summary>The answer to <c>POST /admin/reload</c>: who was asked, and how the reload ended.</summary>
internal sealed record ReloadAnswer(int Pid, ReloadResult Result);
