"""The network as an ONNX graph, written node by node: float32 to compare with, int8 to ship.

In int8 the word embeddings carry one scale per row, weight matrices one per column, and activations one scale and
zero point each, measured beforehand on training texts, uneven channels smoothed. Because nothing is measured at run
time, a text's reading does not depend on the texts it is batched with; and because a batch holds token lists of one
length, there is no padding and no mask. Post-norm encoders of the BERT family only.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.files import GRAPH, WEIGHTS

MICROSOFT = "com.microsoft"
WEIGHT_LEVELS = 127  # 8 bits, symmetric
SMOOTHING = 0.8  # share of a channel's reach that moves from the activation into the weights
UNEVEN = 3.0  # channels reaching so many times further than the median one are worth smoothing
Ranges = dict[str, np.ndarray]  # activation -> (2, channels): lowest and highest value of each channel


@dataclass(frozen=True)
class Layer:
    qkv: np.ndarray
    qkv_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray
    norm1: tuple[np.ndarray, np.ndarray]
    up: np.ndarray
    up_bias: np.ndarray
    down: np.ndarray
    down_bias: np.ndarray
    norm2: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Network:
    """All weights in float32; matrices are (inputs, outputs)."""

    words: np.ndarray
    positions: np.ndarray  # token type 0 already added
    norm: tuple[np.ndarray, np.ndarray]
    layers: tuple[Layer, ...]
    head: np.ndarray
    head_bias: np.ndarray
    heads: int
    epsilon: float


def network(state: dict[str, np.ndarray], *, heads: int, epsilon: float, first_place: int = 0) -> Network:
    """From a Classifier's state (names of BertModel or RobertaModel)."""
    state = {name: np.asarray(value, np.float32) for name, value in state.items()}
    names = {name.split("layer.")[1].split(".")[0] for name in state if "encoder.encoder.layer." in name}
    root = "encoder.embeddings."
    positions = state[root + "position_embeddings.weight"][first_place:]
    return Network(
        words=state[root + "word_embeddings.weight"],
        positions=positions + state[root + "token_type_embeddings.weight"][0],
        norm=(state[root + "LayerNorm.weight"], state[root + "LayerNorm.bias"]),
        layers=tuple(_layer(state, f"encoder.encoder.layer.{number}.") for number in sorted(map(int, names))),
        head=state["head.weight"].T,
        head_bias=state["head.bias"],
        heads=heads,
        epsilon=epsilon,
    )


def _layer(state: dict[str, np.ndarray], root: str) -> Layer:
    parts = [state[f"{root}attention.self.{part}.weight"].T for part in ("query", "key", "value")]
    biases = [state[f"{root}attention.self.{part}.bias"] for part in ("query", "key", "value")]
    return Layer(
        qkv=np.concatenate(parts, 1),
        qkv_bias=np.concatenate(biases),
        out=state[root + "attention.output.dense.weight"].T,
        out_bias=state[root + "attention.output.dense.bias"],
        norm1=(state[root + "attention.output.LayerNorm.weight"], state[root + "attention.output.LayerNorm.bias"]),
        up=state[root + "intermediate.dense.weight"].T,
        up_bias=state[root + "intermediate.dense.bias"],
        down=state[root + "output.dense.weight"].T,
        down_bias=state[root + "output.dense.bias"],
        norm2=(state[root + "output.LayerNorm.weight"], state[root + "output.LayerNorm.bias"]),
    )


class Builder:
    """Collects nodes and constants; `ranges` None builds float32."""

    def __init__(self, ranges: Ranges | None, *, levels: int = WEIGHT_LEVELS) -> None:
        self.ranges = ranges
        self.levels = levels
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = np.array(value, order="C")
        return name

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **settings: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **settings))
        return output

    def quantised(self, value: str, weight: np.ndarray) -> tuple[str, str, str, np.ndarray]:
        """The activation in uint8, its scale and zero point, and the weight that goes with it.

        A few channels of such networks reach far beyond the others and would cost those their precision. They are
        divided by a factor first, and their weights multiplied by it (SmoothQuant, Xiao et al. 2023).
        """
        assert self.ranges is not None
        low, high = (np.minimum(self.ranges[value][0], 0), np.maximum(self.ranges[value][1], 0))
        reach = np.maximum(np.maximum(-low, high), 1e-3)
        if reach.max() > UNEVEN * np.median(reach):
            factors = reach**SMOOTHING / np.maximum(np.abs(weight).max(1), 1e-3) ** (1 - SMOOTHING)
            low, high, weight = low / factors, high / factors, weight * factors[:, None]
            factor = self.constant(f"{value}.factor", (1 / factors).astype(np.float32))
            value = self.node("Mul", [value, factor], f"{value}.smooth")
        scale = max(float(high.max() - low.min()) / 255, 1e-8)
        scale_name = self.constant(f"{value}.scale", np.float32(scale))
        zero_name = self.constant(f"{value}.zero", np.uint8(np.clip(round(-float(low.min()) / scale), 0, 255)))
        data = self.node("QuantizeLinear", [value, scale_name, zero_name], f"{value}.int8")
        return data, scale_name, zero_name, weight

    def matrix(self, name: str, weight: np.ndarray) -> tuple[str, str, str]:
        """An int8 matrix, its scale per column, its zero point."""
        scale = np.maximum(np.abs(weight).max(0), 1e-8) / self.levels
        codes = np.clip(np.rint(weight / scale), -self.levels, self.levels)
        self.constant(f"{name}.weight", codes.astype(np.int8))
        self.constant(f"{name}.weight.scale", scale.astype(np.float32))
        self.constant(f"{name}.weight.zero", np.zeros(scale.shape, np.int8))
        return f"{name}.weight", f"{name}.weight.scale", f"{name}.weight.zero"

    def dense(self, value: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        offset = self.constant(f"{name}.bias", bias)
        if self.ranges is None:
            product = self.node("MatMul", [value, self.constant(f"{name}.weight", weight)], f"{name}.product")
            return self.node("Add", [product, offset], name)
        data, scale, zero, weight = self.quantised(value, weight)
        matrix, matrix_scale, matrix_zero = self.matrix(name, weight)
        inputs = [data, matrix, scale, matrix_scale, zero, matrix_zero, offset]
        return self.node("MatMulIntegerToFloat", inputs, name, domain=MICROSOFT)

    def attention(self, value: str, name: str, layer: Layer, heads: int) -> str:
        offset = self.constant(f"{name}.bias", layer.qkv_bias)
        if self.ranges is None:
            inputs = [value, self.constant(f"{name}.weight", layer.qkv), offset]
            return self.node("Attention", inputs, name, domain=MICROSOFT, num_heads=heads)
        data, scale, zero, weight = self.quantised(value, layer.qkv)
        matrix, matrix_scale, matrix_zero = self.matrix(name, weight)
        inputs = [data, matrix, offset, scale, matrix_scale, "", zero, matrix_zero]
        return self.node("QAttention", inputs, name, domain=MICROSOFT, num_heads=heads)

    def norm(self, value: str, name: str, weights: tuple[np.ndarray, np.ndarray], epsilon: float) -> str:
        inputs = [value, self.constant(f"{name}.gamma", weights[0]), self.constant(f"{name}.beta", weights[1])]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=epsilon)

    def add_norm(
        self, value: str, beside: str, name: str, weights: tuple[np.ndarray, np.ndarray], epsilon: float
    ) -> str:
        """Two nodes: ONNX Runtime's fused SkipLayerNormalization takes three times as long on a CPU."""
        return self.norm(self.node("Add", [value, beside], f"{name}.sum"), name, weights, epsilon)

    def model(self, outputs: list[str], width: int) -> onnx.ModelProto:
        batch = ["batch", "length"]
        graph = helper.make_graph(
            self.nodes,
            "fengping",
            [helper.make_tensor_value_info("ids", TensorProto.INT32, batch)],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", width])]
            + [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            [numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def build(
    net: Network, ranges: Ranges | None = None, *, show: bool = False, levels: int = WEIGHT_LEVELS
) -> onnx.ModelProto:
    """The whole graph: ids (int32, batch x length) in, logits out; `show` also outputs what must be quantised."""
    b = Builder(ranges, levels=levels)
    value = _embed(b, net)
    shown = []
    for number, layer in enumerate(net.layers):
        root = f"layer{number}"
        context = b.attention(value, f"{root}.attention", layer, net.heads)
        mixed = b.dense(context, f"{root}.out", layer.out, layer.out_bias)
        middle = b.add_norm(mixed, value, f"{root}.norm1", layer.norm1, net.epsilon)
        wide = b.dense(middle, f"{root}.up", layer.up, layer.up_bias)
        active = b.node("Gelu", [wide], f"{root}.gelu", domain=MICROSOFT)
        narrow = b.dense(active, f"{root}.down", layer.down, layer.down_bias)
        shown += [value, context, middle, active]
        value = b.add_norm(narrow, middle, f"{root}.norm2", layer.norm2, net.epsilon)
    _head(b, net, value)
    return b.model(shown if show else [], net.head.shape[1])


def _embed(b: Builder, net: Network) -> str:
    if b.ranges is None:
        words = b.node("Gather", [b.constant("words", net.words), "ids"], "word")
    else:
        scale = np.maximum(np.abs(net.words).max(1, keepdims=True), 1e-8) / 127
        table = b.constant("words", np.rint(net.words / scale).astype(np.int8))
        codes = b.node("Cast", [b.node("Gather", [table, "ids"], "word.code")], "word.float", to=TensorProto.FLOAT)
        scales = b.node("Gather", [b.constant("words.scale", scale.astype(np.float32)), "ids"], "word.scale")
        words = b.node("Mul", [codes, scales], "word")
    length = b.node("Shape", ["ids"], "length", start=1, end=2)
    zero, axis = b.constant("zero", np.array([0], np.int64)), b.constant("first", np.array([0], np.int64))
    places = b.node("Slice", [b.constant("positions", net.positions), zero, length, axis], "place")
    total = b.node("Add", [words, places], "embedded")
    return b.norm(total, "norm", net.norm, net.epsilon)


def _head(b: Builder, net: Network, value: str) -> None:
    """First token and mean over all tokens, then the linear layer, in float32.

    The mean is a product with ones: ReduceMean adds up in another order for a text that is alone in its batch."""
    ones = b.constant("ones", np.ones(len(net.positions), np.float32))
    total = b.node("MatMul", [b.node("Slice", [ones, "zero", "length"], "every"), value], "total")
    mean = b.node("Div", [total, b.node("Cast", ["length"], "count", to=TensorProto.FLOAT)], "mean")
    first = b.node("Gather", [value, b.constant("start", np.int64(0))], "first.token", axis=1)
    both = b.node("Concat", [first, mean], "pooled", axis=1)
    product = b.node("MatMul", [both, b.constant("head.weight", net.head)], "head.product")
    b.node("Add", [product, b.constant("head.bias", net.head_bias)], "logits")


def write(model: onnx.ModelProto, folder: Path) -> None:
    """model.onnx holds the graph; weights.bin all large arrays, laid out so that they can be mapped."""
    for name in (GRAPH, WEIGHTS):
        (folder / name).unlink(missing_ok=True)
    onnx.save_model(
        model, folder / GRAPH, save_as_external_data=True, all_tensors_to_one_file=True, location=WEIGHTS,
        size_threshold=1_024,
    )  # fmt: skip
