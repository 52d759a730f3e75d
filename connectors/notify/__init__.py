"""Messages to robots (企业微信, 钉钉, 飞书) and by mail, through apprise; what became of each is known or said to be unknown."""

from connectors.notify.sending import BadChannel, Channel, Outcome, channels, send

__all__ = ["BadChannel", "Channel", "Outcome", "channels", "send"]
