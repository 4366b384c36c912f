"""What a slider shows while it is still held: Streamlit itself tells a slider's value only once it is let go.

A component without a face listens to one slider and says the value under the hand, a few times a second; let go, it says
nothing again and the slider's own value counts. Where it cannot listen (no script runs) a slider works as it always did.
"""

import streamlit as st

_JS = """
export default function ({ data, setStateValue }) {
  const all = (globalThis.fengpingHeld ??= {});  // a redraw in the middle of a move must not lose the hand
  const now = (all[data.slider] ??= { held: false, told: null, timer: 0 });
  const box = `.st-key-${data.slider}`;
  const tell = (value) => { if (value !== now.told) { now.told = value; setStateValue("value", value); } };
  const look = () => {
    now.timer = 0;
    const input = document.querySelector(`${box} input[type="range"]`);
    if (now.held && input) tell(Number(input.value));
  };
  const down = (event) => { now.held = event.target instanceof Element && event.target.closest(box) !== null; };
  const move = () => { if (now.held && !now.timer) now.timer = setTimeout(look, data.every); };
  const up = () => { if (now.held) { now.held = false; setTimeout(() => tell(null), data.every); } };
  const heard = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up };
  for (const [name, act] of Object.entries(heard)) window.addEventListener(name, act, true);
  return () => { for (const [name, act] of Object.entries(heard)) window.removeEventListener(name, act, true); };
}
"""
EVERY = 150  # milliseconds between two values while it is moved
_listen = st.components.v2.component("held_slider", js=_JS)


def held(slider: str) -> int | None:
    """The step that the slider of this key shows while it is held; None while it is not."""
    said = _listen(key=f"{slider}_held", data={"slider": slider, "every": EVERY}, on_value_change=lambda: None)
    value = getattr(said, "value", None)
    return int(value) if isinstance(value, int | float) else None
