"""What configuration files say, and what is wrong with them: TOML, options of rules, presets; the words they make matter."""
