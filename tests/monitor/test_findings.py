"""What doctor says of what cannot be looked at."""

from monitor.findings import FAIL, look_at, model
from settings import load_settings


def test_a_model_that_is_not_there_comes_with_what_to_do(tmp_path):
    settings = load_settings(home=tmp_path, model=str(tmp_path / "none"))
    (found,) = look_at("model", lambda: model(settings))
    assert (found.status, found.message.endswith("(there is no such folder)")) == (FAIL, True)
    assert found.advice is not None
    assert found.advice.startswith("Give a folder or hub id")
