using System.Security.Cryptography;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Store;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>What a message's rendering costs on one thread: freezing it, as its first lease does, and writing its header section; and what a signature adds.</summary>
internal sealed class RenderStage(RelayModel model, int size)
{
    private readonly DirectionModel _direction = model.Clients["crm"].DefaultDirection;
    private readonly SenderModel[] _senders = [.. model.Senders.Values];
    private readonly TokenKeys _keys = Keys();
    private readonly StoredMessage _message = Message(FullQueue.Content(size));

    public static async Task<IReadOnlyList<StageFigures>> MeasureAsync(int messages, int size)
    {
        await using var configured = new StageModel(sinkPort: 9);
        var stage = new RenderStage(configured.Model, size);
        using var key = DkimPrivateKey.GenerateRsa(2048);
        if (!DkimSigner.TryCreate(key, new DkimSignerOptions { Domain = "domain1.example", Selector = "s1" }, out var signer, out var error))
            throw new InvalidOperationException(error);
        return
        [
            await StageMeter.MeasureAsync(
                "render", "what is chosen once, as JSON; the header section", messages, messages, count => stage.RenderAsync(count)),
            await StageMeter.MeasureAsync(
                "sign", "body hash and one RSA signature of 2,048 bits", messages / 10, messages / 10, count => stage.SignAsync(count, signer)),
        ];
    }

    private Task RenderAsync(int count)
    {
        for (var i = 0; i < count; i++)
            Render(i);
        return Task.CompletedTask;
    }

    private RenderedMessage Render(int i)
    {
        var frozen = RenderingFreezer.Freeze(
            _message, $"r{i}@dest.example", _direction, _senders[i % _senders.Length], null, model.Hostname, TimeProvider.System.GetUtcNow(),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)), _keys);
        frozen.Serialize();
        return MessageRenderer.Render(_message, frozen, _direction.Upstreams[0]);
    }

    private async Task SignAsync(int count, DkimSigner signer)
    {
        var bodies = new BodyHashes();
        var head = Render(0).Head;
        for (var i = 0; i < count; i++)
        {
            var hash = await bodies.OfAsync(_message with { Id = i }, CancellationToken.None);
            new Signing([new OwnKeyModel("s1", null!, signer)], hash).Sign(head, TimeProvider.System.GetUtcNow(), _direction.Upstreams[0]);
        }
    }

    private static TokenKeys Keys() =>
        TokenKeys.TryParse(TokenKeys.NewKey(), out var keys, out var error) ? keys : throw new InvalidOperationException(error);

    private static StoredMessage Message(byte[] content) => new()
    {
        Id = 1,
        Client = "crm",
        Direction = "cold",
        ReversePath = "chris@crm.example",
        ReceivedAt = TimeProvider.System.GetUtcNow(),
        Received = "Received: from crm.example ([127.0.0.1])\r\n by relay.example with ESMTP id 1; Mon, 05 Jan 2026 09:12:44 +0000\r\n"u8.ToArray(),
        Content = content,
        Length = content.Length,
        NeedsSmtpUtf8 = false,
        Has8Bit = false,
    };
}
