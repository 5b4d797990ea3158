"""The columns of the exports of well-known products, one TOML file each."""
