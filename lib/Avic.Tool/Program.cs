return await Avic.Tool.CommandLine.Run(args, Console.Out, Console.Error);
