"""Groups of settings: one module each, one field of `config.settings.Settings` each."""
