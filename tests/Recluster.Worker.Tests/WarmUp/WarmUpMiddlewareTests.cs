using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recluster.Lifecycle;
using Recluster.WarmUp;

namespace Recluster.Worker.Tests.WarmUp;

public class WarmUpMiddlewareTests
{
    private readonly WarmUpPhase _phase = new() { IsOn = true };
    private readonly DefaultHttpContext _context = new();
    private readonly Tags _tags = new();
    private bool _seenByApp;

    public WarmUpMiddlewareTests() => _context.Features.Set<IHttpMetricsTagsFeature>(_tags);

    [Fact]
    public async Task The_own_request_of_the_warm_up_is_answered_before_the_app_sees_it()
    {
        await RequestAsync(WarmUpProbe.Path, marked: true);

        Assert.False(_seenByApp);
        Assert.Equal(WarmUpProbe.Status, _context.Response.StatusCode);
        Assert.True(_tags.MetricsDisabled);
    }

    [Fact]
    public async Task A_request_that_the_app_named_comes_to_the_app_and_is_in_no_metric_and_no_trace()
    {
        using var activity = new Activity("request") { ActivityTraceFlags = ActivityTraceFlags.Recorded, IsAllDataRequested = true };
        _context.Features.Set<IHttpActivityFeature>(new Trace { Activity = activity });

        await RequestAsync("/", marked: true);

        Assert.True(_seenByApp);
        Assert.True(_tags.MetricsDisabled);
        Assert.False(activity.Recorded);
        Assert.False(activity.IsAllDataRequested);
    }

    [Theory]
    [InlineData(WarmUpProbe.Path)]
    [InlineData("/")]
    public async Task A_client_that_asks_for_the_same_path_is_served_by_the_app(string path)
    {
        await RequestAsync(path, marked: false);

        Assert.True(_seenByApp);
        Assert.False(_tags.MetricsDisabled);
    }

    [Fact]
    public void Only_requests_of_clients_are_counted()
    {
        var counter = new RequestCounter { IsNeeded = true };
        counter.Increment(new DefaultHttpContext());
        _context.Features.Set<IReclusterWarmUpFeature>(WarmUpFeature.Instance);

        counter.Increment(_context);

        Assert.Equal(1, counter.Count);
    }

    private Task RequestAsync(string path, bool marked)
    {
        _context.Request.Path = path;
        _context.Features.Set<IReclusterWarmUpFeature>(marked ? WarmUpFeature.Instance : null);
        return new WarmUpMiddleware(_phase).Wrap(_ =>
        {
            _seenByApp = true;
            return Task.CompletedTask;
        })(_context);
    }

    private sealed class Tags : IHttpMetricsTagsFeature
    {
        ICollection<KeyValuePair<string, object?>> IHttpMetricsTagsFeature.Tags { get; } = [];

        public bool MetricsDisabled { get; set; }
    }

    private sealed class Trace : IHttpActivityFeature
    {
        public required Activity Activity { get; set; }
    }
}
