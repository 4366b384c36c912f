"""A tiny random sequence classifier, as `transformers` saves one."""

from pathlib import Path


def tiny_classifier(folder: Path, *names: str) -> Path:
    """Its labels are called by these names; without any, nobody named its two."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    specials = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **specials).save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    named = {"num_labels": len(names), "id2label": dict(enumerate(names))} if names else {}
    BertForSequenceClassification(BertConfig(vocab_size=len(words), **named, **sizes)).save_pretrained(folder)
    return folder
