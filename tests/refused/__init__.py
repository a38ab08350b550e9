"""Whatever is refused of any system of acme: nothing that was found becomes a pass, nobody vanishes, nobody is invented."""
