"""The ONNX graph against the torch network it is written from."""

import numpy as np
import onnxruntime
import pytest
import torch

from models.encoder import Classifier
from models.files import GRAPH, WEIGHTS
from models.graph import build, network, write


@pytest.fixture(scope="module")
def classifier():
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        hidden_act="gelu",
    )
    model = Classifier(BertModel(config, add_pooling_layer=False)).eval()
    torch.nn.init.normal_(model.head.weight, std=0.5)
    return model


@pytest.fixture(scope="module")
def net(classifier):
    state = {name: value.numpy() for name, value in classifier.state_dict().items()}
    return network(state, heads=4, epsilon=classifier.encoder.config.layer_norm_eps)


IDS = np.random.default_rng(0).integers(4, 50, size=(6, 17)).astype(np.int32)


def run(model, ids, outputs=("logits",)):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(list(outputs), {"ids": ids})


def measured(net):
    model = build(net, show=True)
    names = [output.name for output in model.graph.output][1:]
    values = run(model, IDS, names)
    return {name: np.stack([v.min((0, 1)), v.max((0, 1))]) for name, v in zip(names, values, strict=True)}


def test_the_float_graph_is_the_network(classifier, net):
    ids = torch.from_numpy(IDS).long()
    with torch.no_grad():
        expected = classifier(ids, torch.ones_like(ids)).numpy()
    assert np.abs(run(build(net), IDS)[0] - expected).max() < 1e-4


def test_int8_is_near_float(net):
    exact, small = run(build(net), IDS)[0], run(build(net, measured(net)), IDS)[0]
    assert np.abs(exact - small).max() < 0.1 * np.abs(exact).max()


def test_int8_answers_do_not_depend_on_the_batch(net):
    model = build(net, measured(net))
    together = run(model, IDS)[0]
    alone = np.concatenate([run(model, IDS[row : row + 1])[0] for row in range(len(IDS))])
    assert np.array_equal(together, alone)


def test_the_weights_go_to_one_file_beside_a_small_graph(net, tmp_path):
    write(build(net, measured(net)), tmp_path)
    assert (tmp_path / WEIGHTS).stat().st_size > 10_000
    session = onnxruntime.InferenceSession(str(tmp_path / GRAPH), providers=["CPUExecutionProvider"])
    assert session.run(None, {"ids": IDS})[0].shape == (6, 3)
