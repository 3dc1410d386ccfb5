"""i人事 (ihr360) Open API. See docs/sources/ihr360.md."""
