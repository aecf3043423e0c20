using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;

namespace Recluster;

/// <summary>
/// The configuration section of the options. It is read entry by entry before it is bound, because the framework's binder stops at the first
/// value that does not convert, passes over keys that it does not know, takes "10" for ten days, and appends to lists.
/// </summary>
internal static class OptionsSection
{
    /// <summary>Applies the section. A value that cannot be read is left out and becomes one of <see cref="ReclusterOptions.Mistakes"/>.</summary>
    internal static void Bind(IConfiguration configuration, ReclusterOptions options)
    {
        var section = configuration.GetSection(ReclusterOptions.SectionName);
        var unreadable = Entries(section, typeof(ReclusterOptions))
            .Select(entry => (entry.Section.Path, Mistake: entry.Property is { } property ? Mistake(entry.Section, property.PropertyType) : null))
            .Where(entry => entry.Mistake is not null)
            .ToDictionary(entry => entry.Path, entry => entry.Mistake!, StringComparer.OrdinalIgnoreCase);
        foreach (var request in section.GetSection($"{nameof(options.WarmUp)}:{nameof(options.WarmUp.Requests)}").GetChildren())
        {
            if (request[nameof(WarmUpRequest.Path)] is null)
            {
                unreadable[request.Path] = $"{request.Path}:{nameof(WarmUpRequest.Path)} is missing. Set it to a path that begins with a slash.";
            }
        }

        options.Mistakes.AddRange(unreadable.Values);

        DropLists(section, options);
        var readable = section.AsEnumerable().Where(pair => !unreadable.Keys.Any(path => IsIn(pair.Key, path)));
        new ConfigurationBuilder().AddInMemoryCollection(readable).Build().GetSection(ReclusterOptions.SectionName).Bind(options);
        EmptyToNull(section, options);
    }

    /// <summary>An empty value says that there is none. The framework's binder would leave what the code says, or the default.</summary>
    private static void EmptyToNull(IConfigurationSection section, ReclusterOptions options)
    {
        foreach (var (entry, property, _) in Entries(section, typeof(ReclusterOptions)))
        {
            if (entry.Value is "" && property is not null && Nullable.GetUnderlyingType(property.PropertyType) is not null)
            {
                object? owner = property.DeclaringType == typeof(ReclusterOptions) ? options
                    : property.DeclaringType == typeof(WarmUpOptions) ? options.WarmUp
                    : null; // A request of the warm-up is made anew, and has null already.
                if (owner is not null)
                {
                    property.SetValue(owner, null);
                }
            }
        }
    }

    private static bool IsIn(string key, string path) => $"{key}:".StartsWith($"{path}:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Says which keys of the section are no options.</summary>
    internal static void WarnOfUnknownKeys(IConfiguration configuration, ILogger logger)
    {
        foreach (var entry in Entries(configuration.GetSection(ReclusterOptions.SectionName), typeof(ReclusterOptions)))
        {
            if (entry.Property is null)
            {
                var parent = entry.Section.Path[..^(entry.Section.Key.Length + 1)];
                var nearest = NearestName.Of(entry.Section.Key, entry.Names);
                MasterLog.UnknownOption(logger, entry.Section.Path, nearest is null ? "" : $" Did you mean {parent}:{nearest}?");
            }
        }
    }

    private static IEnumerable<Entry> Entries(
        IConfigurationSection section, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type)
    {
        PropertyInfo[] options =
        [
            .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => !property.PropertyType.IsAssignableTo(typeof(Delegate))),
        ];
        foreach (var child in section.GetChildren())
        {
            var property = Array.Find(options, option => option.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            yield return new Entry(child, property, options.Select(option => option.Name));
            IEnumerable<Entry> inner = property?.PropertyType switch
            {
                { } warmUp when warmUp == typeof(WarmUpOptions) => Entries(child, typeof(WarmUpOptions)),
                { } requests when requests == typeof(IList<WarmUpRequest>) =>
                    child.GetChildren().SelectMany(request => Entries(request, typeof(WarmUpRequest))),
                _ => [],
            };
            foreach (var entry in inner)
            {
                yield return entry;
            }
        }
    }

    /// <summary>A list in the configuration takes the place of the code's, as any other value does.</summary>
    private static void DropLists(IConfigurationSection section, ReclusterOptions options)
    {
        if (section.GetSection(nameof(options.WorkerArguments)) is var arguments && arguments.Exists())
        {
            options.WorkerArguments = arguments.GetChildren().Any() ? null : [];
        }

        var warmUp = section.GetSection(nameof(options.WarmUp));
        if (warmUp.GetSection(nameof(options.WarmUp.Paths)).Exists())
        {
            options.WarmUp.Paths.Clear();
        }

        if (warmUp.GetSection(nameof(options.WarmUp.Requests)).Exists())
        {
            options.WarmUp.Requests.Clear();
        }
    }

    private static string? Mistake(IConfigurationSection entry, Type type)
    {
        if (entry.Value is not { } text || (text.Length == 0 && Nullable.GetUnderlyingType(type) is not null))
        {
            return null;
        }

        var remedy = (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            { } number when number == typeof(int) => Number(int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)),
            { } number when number == typeof(long) => Number(long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)),
            { } flag when flag == typeof(bool) => bool.TryParse(text, out _) ? null : "cannot be read. Set it to true or false.",
            { } time when time == typeof(TimeSpan) => Time(text),
            { IsEnum: true } name => Enum.TryParse(name, text, ignoreCase: true, out _)
                ? null
                : $"is unknown. Set it to one of {string.Join(", ", Enum.GetNames(name))}.",
            { } words when words == typeof(string) || text.Length == 0 => null,
            { } list when list == typeof(IList<string>) || list == typeof(IList<WarmUpRequest>) => $"is no list. Number its entries: {entry.Path}:0.",
            _ => $"cannot be read. Set the keys under it, {entry.Path}:...",
        };
        return remedy is null ? null : $"{entry.Path} = {text} {remedy}";

        static string? Number(bool isOne) => isOne ? null : "cannot be read. Set it to a whole number.";
    }

    private static string? Time(string text)
    {
        if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time))
        {
            return "cannot be read. Set it to a time, such as 00:00:10 for 10 seconds or 1.00:00:00 for one day.";
        }

        // "10" and "24:00:00" are days to .NET.
        var saysDays = text.Count(c => c == ':') == 3 || text.Split(':')[0].Contains('.');
        return time.Days == 0 || saysDays
            ? null
            : $"would be {time.Days} days. Set it to hours, minutes and seconds, such as 00:00:10 for 10 seconds, or to {time} if days are meant.";
    }

    /// <param name="Section">The key and its value.</param>
    /// <param name="Property">The option of that name, if there is one.</param>
    /// <param name="Names">The options that there are at this place.</param>
    private sealed record Entry(IConfigurationSection Section, PropertyInfo? Property, IEnumerable<string> Names);
}
