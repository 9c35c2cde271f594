"""The commands that talk to a cluster. Nothing outside may import them: `cli.commands` loads each by its name."""
