"""The network: an encoder and one linear layer on its first token and its mean.

The same head answers both questions; which one is asked shows in the input alone (a pair asks for a target).
"""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from models.sources import LABELS

FAMILY = ("bert", "camembert", "roberta", "xlm-roberta")  # what models.graph can write
PLACES_FROM_PAD = ("camembert", "roberta", "xlm-roberta")  # count places from the one after their padding


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * encoder.config.hidden_size, len(LABELS))

    def pooled(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The first token's vector beside the mean over all tokens, in float32."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return torch.cat([hidden[:, 0], mean], dim=-1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        with torch.autocast(ids.device.type, enabled=False):
            return self.head(self.dropout(self.pooled_autocast(ids, mask)))

    def pooled_autocast(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=ids.is_cuda):
            return self.pooled(ids, mask)


def load_encoder(base: str | Path, *, dropout: float = 0.1) -> nn.Module:
    """An encoder of BERT's family, without a pooler, in float32."""
    kind = AutoConfig.from_pretrained(base).model_type
    if kind not in FAMILY:
        raise ValueError(f"{base} is of the kind {kind}; a base is an encoder of the kind {', '.join(FAMILY)}")
    settings = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    return AutoModel.from_pretrained(
        base, dtype=torch.float32, attn_implementation="sdpa", add_pooling_layer=False, **settings
    )


def first_place(kind: str, pad: int | None) -> int:
    """The number of a text's first place in the table of places."""
    return (pad or 0) + 1 if kind in PLACES_FROM_PAD else 0


def places(encoder: nn.Module) -> int:
    """How many pieces a text may have."""
    config = encoder.config
    return config.max_position_embeddings - first_place(config.model_type, config.pad_token_id)


def keep_layers(encoder: nn.Module, layers: list[int]) -> None:
    """Keep only these transformer layers, in this order."""
    if not all(number < len(encoder.encoder.layer) for number in layers):
        raise ValueError(f"layers must be numbers below {len(encoder.encoder.layer)}, of which the network has no more")
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[number] for number in layers)
    encoder.config.num_hidden_layers = len(layers)


def spread(count: int, total: int) -> list[int]:
    """`count` of `total` layers, evenly, first and last among them: spread(6, 12) = 0 2 4 7 9 11."""
    if count == 1:
        return [total - 1]
    return [round(number * (total - 1) / (count - 1)) for number in range(count)]


def save_classifier(model: Classifier, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.config.save_pretrained(folder)
    state = {name: tensor.detach().to("cpu", torch.float16) for name, tensor in model.state_dict().items()}
    torch.save(state, folder / "classifier.pt")


def load_classifier(folder: Path, *, dropout: float = 0.0) -> Classifier:
    config = AutoConfig.from_pretrained(folder)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    encoder = AutoModel.from_config(config, attn_implementation="sdpa", add_pooling_layer=False)
    model = Classifier(encoder, dropout=dropout)
    state = torch.load(folder / "classifier.pt", map_location="cpu", weights_only=True)
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return model.eval()
