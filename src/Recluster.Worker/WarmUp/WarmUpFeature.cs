namespace Recluster.WarmUp;

/// <summary>The mark itself.</summary>
internal sealed class WarmUpFeature : IReclusterWarmUpFeature
{
    internal static readonly WarmUpFeature Instance = new();
}
