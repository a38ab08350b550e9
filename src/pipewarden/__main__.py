"""`python -m pipewarden` is the command."""

from pipewarden.cli.main import run

if __name__ == "__main__":
    run()
