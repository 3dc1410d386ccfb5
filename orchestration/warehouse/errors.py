"""What can go wrong in the warehouse, one class per recovery."""


class WarehouseError(Exception):
    """The warehouse refuses; the message says what, where and what to do."""


class WarehouseBusyError(WarehouseError):
    """Another process holds the warehouse: wait, or end it. Names its pid."""


class LoadError(WarehouseError):
    """A landed load cannot be taken in. Nothing of it was written; the warehouse is as before."""


class PublishError(WarehouseError):
    """The published copy could not be made or is damaged. Readers still see the version before."""
