"""How a text and a target become one list of pieces: the target is marked where it stands, and nothing else changes."""

import pytest
from tokenizers import Tokenizer

from models.files import SHIPPED, TOKENIZER
from models.pieces import Pieces, marked


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(SHIPPED / TOKENIZER))


@pytest.mark.parametrize(
    ("text", "target", "shown"),
    [
        ("小米比华为好，小米真好", "小米", "«小米»比华为好，«小米»真好"),
        ("Apple's pineapple, APPLE", "Apple", "« Apple »'s pineapple, « APPLE »"),
        ("training an AI", "ai", "training an « AI »"),
        ("SK-II很贵", "SK-II", "« SK-II »很贵"),
        ("C++ is old", "C++", "« C++ » is old"),
        ("nothing here", "food quality", "nothing here"),
        ("«云杉» sells «coffee»", "云杉", '"«云杉»" sells "coffee"'),
        ("myappleday", "apple", "my« apple »day"),
        ("(a+b) [x]", "(a+b)", "« (a+b) » [x]"),
    ],
)
def test_every_mention_of_the_target_is_marked_and_marks_of_others_are_not(text: str, target: str, shown: str) -> None:
    assert marked(text, target) == shown


def test_two_brands_in_one_text_give_two_different_questions(tokenizer: Tokenizer) -> None:
    first, second, whole = Pieces(tokenizer, limit=64).encode(["小米比华为好"] * 3, ["小米", "华为", ""])
    names = [[tokenizer.id_to_token(number).strip("▁") for number in ids] for ids in (first, second, whole)]
    assert names[0].index("«") < names[0].index("小米") < names[0].index("»")
    assert names[1].index("«") < names[1].index("华为") < names[1].index("»")
    assert not {"«", "»"} & set(names[2])


def test_a_long_pair_keeps_to_the_limit_and_keeps_its_target(tokenizer: Tokenizer) -> None:
    pieces = Pieces(tokenizer, limit=32)
    (ids,) = pieces.encode(["好" * 400 + "小米" + "坏" * 400], ["小米"])
    assert len(ids) <= 32
    assert tokenizer.decode(ids[-3:], skip_special_tokens=True).strip() == "小米"
