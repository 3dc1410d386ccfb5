"""Files that people and other systems lay into an inbox. See docs/sources/file_drop.md."""
