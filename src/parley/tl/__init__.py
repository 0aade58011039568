"""Telegram's Type Language: schemas of the layers that Parley speaks, as data, and a codec compiled from them.

Nothing is read or compiled before its first use. `types` and `functions` hold the canonical layer's classes,
`service` those of MTProto itself, `layers` the codecs per layer.
"""
