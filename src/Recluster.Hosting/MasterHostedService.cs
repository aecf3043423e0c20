namespace Recluster;

/// <summary>Marks a hosted service that runs once per cluster.</summary>
internal sealed record MasterHostedService(Type Type);
