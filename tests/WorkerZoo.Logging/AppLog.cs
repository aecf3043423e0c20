namespace WorkerZoo.Logging;

/// <summary>What the app logs.</summary>
internal static partial class AppLog
{
    [LoggerMessage(1, LogLevel.Information, "The app says {Text}")]
    internal static partial void Says(ILogger logger, string text);

    [LoggerMessage(2, LogLevel.Error, "The app failed {Text}")]
    internal static partial void Failed(ILogger logger, string text, Exception exception);
}
