"""Telegram's Type Language: schemas of the layers that Parley speaks, as data, and a codec compiled from them on first use.

Nothing is read or compiled at import. `types` and `functions` hold the canonical layer's classes, `service`
those of MTProto itself, `layers` the codecs per layer.
"""
