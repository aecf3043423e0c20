using Microsoft.Extensions.Options;

namespace Recluster.Hosts;

/// <summary>
/// A start that fails by a mistake of the user's (bad options, an address that is taken): the process ends with one line on standard error and exit
/// code 1, instead of a stack trace and a core dump. Only if Program.cs does not catch the exception.
/// </summary>
internal static class StartMistake
{
    private const string Mark = "Recluster.StartMistake";

    private static int _isHandled;

    /// <summary>Marks an exception as one that its message explains.</summary>
    internal static T Of<T>(T exception)
        where T : Exception
    {
        exception.Data[Mark] = true;
        return exception;
    }

    /// <param name="options">Options whose mistakes count too.</param>
    internal static void EndInOneLine(Type options)
    {
        if (Interlocked.Exchange(ref _isHandled, 1) != 0)
        {
            return;
        }

        AppDomain.CurrentDomain.UnhandledException += (_, args) =>
        {
            if (Describe(args.ExceptionObject as Exception, options) is { } message)
            {
                Console.Error.WriteLine(message);
                Environment.Exit(1);
            }
        };
    }

    /// <summary>What was wrong, where it is the user's to put right; else null.</summary>
    internal static string? Describe(Exception? exception, Type options)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception.Data.Contains(Mark) || (exception is OptionsValidationException invalid && invalid.OptionsType == options))
            {
                return exception.Message;
            }
        }

        return null;
    }
}
