using OutreachRelay.Cli;
using OutreachRelay.Cli.Demo;
using OutreachRelay.Configuration;

return await CommandLine.RunAsync(args, new CommandLineParts
{
    Serve = ServeCommand.RunAsync,
    Demo = DemoCommand.RunAsync,
    Load = path => ConfigurationLoader.Load(path),
});
