"""When the operator changes the delivery key, a custodian sees whether the key that they pinned agrees."""

from __future__ import annotations

from parley.legal.disclosure.signing import DeliveryKey


async def test_custodians_see_that_the_pinned_delivery_key_signed_the_new_one_over(world):
    ada, _ = await world.custodians("Ada", "Ben")
    world.door._delivery_key = DeliveryKey.succeed(world.folder / "secrets" / "delivery.key")
    assert await ada.run("pin") == 0
    assert "SUCCEEDED" in ada.screen.text
    assert ada.keys.pins.delivery_key == world.door._delivery_key.public

    world.door._delivery_key = DeliveryKey.load_or_make(world.folder / "somebody" / "delivery.key")
    ada.screen.yes = False
    assert await ada.run("pin") == 0
    assert "CHANGED: ask the operator why" in ada.screen.text
    assert "SUCCEEDED" not in ada.screen.text
    assert ada.keys.pins.delivery_key != world.door._delivery_key.public
