"""The network: an encoder and one linear layer on its first token and its mean.

The same head answers both questions; which one is asked shows in the input alone (a pair asks for a target).
"""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel

from models.sources import LABELS


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
    """Any encoder `transformers` knows, without a pooler, in float32."""
    settings = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    return AutoModel.from_pretrained(
        base, dtype=torch.float32, attn_implementation="sdpa", add_pooling_layer=False, **settings
    )


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
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    encoder = AutoModel.from_config(config, attn_implementation="sdpa", add_pooling_layer=False)
    model = Classifier(encoder, dropout=dropout)
    state = torch.load(folder / "classifier.pt", map_location="cpu", weights_only=True)
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return model.eval()
