"""What happens in the sample company. Nothing here knows a vendor's wire format or the time it is now."""

from connectors.sandbox.company.world import World

__all__ = ["World"]
