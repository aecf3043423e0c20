namespace Recluster.FunctionalTests.Support;

/// <summary>A test that is skipped, and says why, where this user may not make a namespace of processes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly bool IsPermitted = NewNamespace.IsPermitted();

    public NamespaceFactAttribute()
    {
        if (!IsPermitted)
        {
            Skip = "'unshare --pid --fork --mount-proc' is not permitted here.";
        }
    }

    /// <summary>The first version of Linux that can do what the test wants.</summary>
    public string Kernel
    {
        get => field;
        set
        {
            field = value;
            if (Environment.OSVersion.Version < Version.Parse(value))
            {
                Skip = $"needs Linux {value}.";
            }
        }
    } = "0.0";
}
