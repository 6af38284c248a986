"""Tools that know no app. Every app may import from here; nothing here imports an app."""
