#pragma warning disable IDE0130 // The namespace is what is looked for.
namespace Microsoft.Azure.SignalR;

/// <summary>Stands for the services that AddAzureSignalR registers.</summary>
internal sealed class ServiceMarker;
