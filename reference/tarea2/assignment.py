"""The table of Tarea 2: questions, points, checks, cases. The one place to edit."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.authoring import (
    Assignment,
    Case,
    Figures,
    Gradient,
    Question,
    Scale,
    Shape,
    Snippet,
    Text,
    Tolerance,
    Values,
)

from . import activations, data, gradient_check, images, losses, network, notebook, optim, traces, training
from .digits import learns_digits
from .misconceptions import MISCONCEPTIONS
from .probes import ACTIVATIONS, PROBES

# What may not be used ------------------------------------------------------------------------------------------

HOMES = ("torch", "torch.Tensor", "torch.nn.functional", "torch.special")
READY_ACTIVATIONS = (
    *(f"{home}.{name}" for home in HOMES for name in ("sigmoid", "tanh", "relu", "celu", "softmax")),
    *(f"torch.{name}" for name in ("sigmoid_", "tanh_", "relu_", "celu_")),
    *(f"torch.Tensor.{name}" for name in ("sigmoid_", "tanh_", "relu_")),
    *(f"torch.nn.functional.{name}" for name in ("silu", "log_softmax", "logsigmoid", "relu_", "celu_", "elu")),
    *(f"torch.nn.{name}" for name in ("Sigmoid", "Tanh", "ReLU", "CELU", "Softmax", "SiLU", "LogSoftmax")),
    *("torch.special.expit", "torch.special.log_softmax", "torch.log_softmax", "torch.Tensor.log_softmax"),
    "torch.ops.*",
)
AUTOGRAD = ("torch.Tensor.backward", "torch.autograd.*", "torch.func.*")
READY_LOSSES = (
    *(f"torch.nn.functional.{name}" for name in ("cross_entropy", "nll_loss", "kl_div")),
    *(f"torch.nn.{name}" for name in ("CrossEntropyLoss", "NLLLoss", "KLDivLoss")),
    "torch.nll_loss",
    "torch.kl_div",
    "torch.ops.*",
)
OPTIM = ("torch.optim.*",)

# Cases: a public one that students may see, hidden ones that differ in sizes and draw ---------------------------


def case(es: str, en: str, seed: int, *, public: bool = False, **sizes: Any) -> Case:
    return Case(Text(es, en), seed, public, sizes)


VECTORS = (
    case("matriz 4×3", "4×3 matrix", 11, public=True, shape=(4, 3)),
    case("vector", "vector", 12, shape=(9,)),
    case("tensor de 3 dimensiones", "tensor of 3 dimensions", 13, shape=(2, 5, 4)),
)
SOFTMAX = (
    case("matriz 4×3", "4×3 matrix", 21, public=True, shape=(4, 3), dims=(0, 1), estable=True),
    case("3 dimensiones", "3 dimensions", 22, shape=(2, 5, 4), dims=(0, 1, 2), estable=True),
    case("valores enormes", "huge values", 23, shape=(4, 3), dims=(1,), estable=True, offset=730.0),
    case("sin estable", "without estable", 24, shape=(4, 3), dims=(1,), estable=False),
)
LOSSES = (
    case("promedio sobre el lote", "mean over the batch", 31, public=True, B=4, C=3),
    case("otro tamaño", "another size", 32, B=7, C=5),
    case("un solo ejemplo", "a single example", 33, B=1, C=6),
)
ZEROS = (
    case("probabilidad 0", "probability 0", 34, public=True, B=4, C=3),
    case("otro tamaño", "another size", 35, B=6, C=5),
)
LAST_LAYER = (
    case("lote de 5", "batch of 5", 41, public=True, B=5, C=3, dimL=4),
    case("otro tamaño", "another size", 42, B=7, C=6, dimL=2),
)
HIDDEN_LAYER = (
    case("lote de 5", "batch of 5", 51, public=True, B=5, dimk=4, dimkm1=3),
    case("otro tamaño", "another size", 52, B=7, dimk=2, dimkm1=6),
)


def architecture(seed: int, activations: str, widths: tuple[int, ...], *, public: bool = False, **sizes: Any) -> Case:
    """A network. All widths differ, and so do B, F and C, so that every parameter has its own shape.

    B is not a multiple of C, so that 2/B, for example, is not 1/C.
    """
    names = tuple(activations.split())
    title = " → ".join(f"{name} {width}" for name, width in zip(names, widths, strict=True))
    return Case(
        Text(title, title), seed, public, {"B": 11, "F": 5, "C": 3, "widths": widths, "activations": names, **sizes}
    )


ARCHITECTURES = (
    architecture(61, "sig", (4,), public=True),
    architecture(62, "relu tanh", (7, 4), public=True),
    architecture(63, "celu", (8,)),
    architecture(64, "swish", (6,)),
    # relu comes first, where it is widest: a layer whose every relu is off would hide what is wrong below it.
    architecture(65, "relu tanh celu", (9, 7, 4)),
    architecture(66, "relu swish sig tanh", (10, 8, 7, 4)),
)
# Backward builds on these: every activation, with one layer and with four.
FORWARD = (ARCHITECTURES[1], ARCHITECTURES[2], ARCHITECTURES[5])
SINGLE = (architecture(67, "sig", (4,), B=1),)
TWICE = (architecture(68, "tanh sig", (7, 4), public=True),)
WITH_PARAMETERS = (
    architecture(71, "swish", (4,), public=True, l_a_params=(2.2,)),
    # Two in a row: the slope of the upper one, at its own parameter, reaches the lower one.
    architecture(73, "celu swish", (7, 4), public=True, l_a_params=(0.6, 2.8)),
    architecture(72, "celu tanh swish", (8, 7, 4), l_a_params=(0.6, None, 2.8)),
)
CHECK_RIGHT = (case("red correcta", "right network", 81, public=True, B=4, F=3, C=2, widths=(5,)),)
CHECK_WRONG = (
    case("gradientes cambiados", "changed gradients", 82, public=True, B=4, F=3, C=2, widths=(5,)),
    case("otro tamaño", "another size", 83, B=5, F=2, C=3, widths=(4,)),
)
STEPS = (
    case("lr = 0.1", "lr = 0.1", 91, public=True, shapes=((3, 2), (4,), (2, 5)), lr=0.1, form="parameters"),
    case("lr = 0.06, lista", "lr = 0.06, list", 92, shapes=((2, 5), (5,), (3, 3)), lr=0.06, form="lista"),
)
DATASETS = (
    case("N=13, F=4, C=3", "N=13, F=4, C=3", 101, public=True, N=13, F=4, C=3),
    case("otro tamaño", "another size", 102, N=9, F=6, C=5),
)
# Six classes: no share of hits lies between the losses of two batches, whatever examples the student's data set draws.
TRAINING = (
    case("3 épocas, lotes de 4", "3 epochs, batches of 4", 111, public=True,
         N=10, F=5, C=6, widths=(4,), activations=("tanh",), epochs=3, batch=4, lr=0.1),
    case("lotes de 1", "batches of 1", 112,
         N=6, F=4, C=2, widths=(7,), activations=("tanh",), epochs=2, batch=1, lr=0.05),
)  # fmt: skip
DEVICES = tuple(
    case(f"device='{d}'", f"device='{d}'", 113 + i, public=True,
         N=6, F=5, C=3, widths=(4,), activations=("tanh",), batch=4, lr=0.1, device=d)
    # 'cuda' first: its probe also looks at what the notebook asked of the machine before.
    for i, d in enumerate(("cuda", "cpu"))
)  # fmt: skip
DIGITS = (
    case("dígitos", "digits", 121, public=True,
         N=300, widths=(24,), activations=("tanh",), lr=0.5, epochs=8, batch=20),
)  # fmt: skip

# Gradients in float32 go through a dozen operations and sums of up to 50 terms, activations included; right ones
# were seen up to 2e-5 relative off. Trained parameters collect that over tens of steps.
GRADIENTS = Tolerance(rtol=2e-4, atol=2e-6)
TRAINED = Tolerance(rtol=2e-3, atol=2e-5)
# For short computations, and for means. Two steps of an optimiser round four times, each time by 6e-8 of an entry near
# 1. A loss and a network's probabilities were seen 2e-7 off. With the default, a weight decay of 0.01, which moves an
# entry by 1e-3 of its size, or a leak in the first of four layers would come near the right values.
SHORT = Tolerance(rtol=1e-5, atol=1e-6)

OUTPUTS_2C = ("dL_duk", "dL_dWk", "dL_dbk", "dL_dhk")
INPUTS_2B = ("B", "C", "dimL", "hL", "U", "c", "uLm1", "y", "y_pred")
INPUTS_2C = ("B", "dimk", "dimkm1", "hk", "Wk", "bk", "uk", "dL_dhkm1")


HIDDEN = {name: PROBES[f"hidden_{name}"] for name in ("relu", "celu", "swish")}


def values(name: str) -> Values:
    return Values(Text(f"valores de {name}", f"values of {name}"), PROBES[name], VECTORS)


QUESTIONS = (
    Question(
        "0",
        Text("Activaciones y red de la Tarea 1", "Activations and network of Tarea 1"),
        names=("sig", "tanh", "relu", "swish", "celu", "softmax", "FFNN"),
        forbidden=READY_ACTIVATIONS,
        checks=(
            *(values(name) for name in ACTIVATIONS),
            Values(Text("valores de softmax", "values of softmax"), PROBES["softmax"], SOFTMAX,
                   hint=Text("¿Suma 1 a lo largo de dim? Con estable=True se resta antes el máximo sobre dim.",
                             "Does it sum to 1 along dim? With estable=True its maximum is subtracted first.")),
            Values(Text("FFNN.forward", "FFNN.forward"), PROBES["forward"], FORWARD, tolerance=SHORT),
        ),
    ),
    Question(
        "1a",
        Text("Derivadas de las funciones de activación", "Derivatives of the activation functions"),
        points=0.75,
        reviewed=0.25,
        names=("d_relu", "d_swish", "d_celu"),
        # relu(T, gradient=True) is accepted as well. Then backward asks the activation for its slope.
        repaired_by=("d_relu", "d_swish", "d_celu", "relu", "swish", "celu"),
        forbidden=(*READY_ACTIVATIONS, *AUTOGRAD),
        needs=("0",),
        carried=1.0,
        checks=(
            Shape(Text("forma de las derivadas", "shape of the derivatives"),
                  PROBES["d_relu"], VECTORS[:1]),
            Values(Text("d_relu", "d_relu"), PROBES["d_relu"], VECTORS, share=1,
                   hint=Text("¿Qué pendiente tiene relu a cada lado de 0?",
                             "What is the slope of relu on either side of 0?")),
            Values(Text("d_swish", "d_swish"),
                   PROBES["d_swish"], VECTORS, share=2,
                   hint=Text("swish es un producto, T · sig(beta T): deriva los dos factores.",
                             "swish is a product, T · sig(beta T): differentiate both factors.")),
            Values(Text("d_celu", "d_celu"),
                   PROBES["d_celu"], VECTORS, share=2,
                   hint=Text("Para T < 0, celu es alpha (exp(T/alpha) - 1): alpha aparece dos veces.",
                             "For T < 0, celu is alpha (exp(T/alpha) - 1): alpha appears twice.")),
        ),
    ),
    Question(
        "1b",
        Text("Entropía cruzada", "Cross entropy"),
        points=1.25,
        names=("CELoss",),
        forbidden=READY_LOSSES,
        checks=(
            Values(Text("valor", "value"), PROBES["CELoss"], LOSSES, share=3, tolerance=SHORT,
                   hint=Text("Suma sobre las clases, promedio sobre los ejemplos; el logaritmo es de Q.",
                             "Sum over the classes, mean over the examples; the logarithm is of Q.")),
            Values(Text("etiquetas one-hot", "one-hot labels"), PROBES["CELoss_one_hot"], LOSSES[1:2], share=0),
            Values(Text("estable=True con probabilidad 0", "estable=True with probability 0"),
                   PROBES["CELoss_zeros"], ZEROS, share=1,
                   labels={"CELoss/zeros": Text("CELoss con ceros", "CELoss with zeros")},
                   hint=Text("Con estable=True, Q se acota por abajo con epsilon antes del logaritmo.",
                             "With estable=True, Q is bounded below by epsilon before the logarithm."), refines=True),
            Values(Text("epsilon", "epsilon"), PROBES["CELoss_epsilon"], ZEROS[1:], share=0.5,
                   labels={"CELoss/epsilon": Text("CELoss con epsilon", "CELoss with epsilon")},
                   hint=Text("El valor de epsilon es el del argumento.", "The value of epsilon is the argument's."),
                   refines=True),
            Values(Text("estable=False", "estable=False"), PROBES["CELoss_unstable"], ZEROS[1:], share=0.5,
                   weights={"CELoss/stable": 0.0},
                   labels={"CELoss/unstable": Text("CELoss sin estable", "CELoss without estable"),
                           "CELoss/stable": Text("CELoss con estable", "CELoss with estable")},
                   hint=Text("Con estable=False no se acota nada.", "With estable=False nothing is bounded."),
                   refines=True),
        ),
    ),
    Question(
        "1c",
        Text("Entropía cruzada categórica", "Categorical cross entropy"),
        points=0.25,
        bonus=True,
        names=("CategoricalCELoss",),
        forbidden=READY_LOSSES,
        needs=("1b",),
        carried=1.0,
        checks=(
            Values(Text("valor", "value"), PROBES["CategoricalCELoss"], LOSSES, share=3, tolerance=SHORT),
            Values(Text("estable=True con probabilidad 0", "estable=True with probability 0"),
                   PROBES["CategoricalCELoss_zeros"], ZEROS, share=1,
                   labels={"CategoricalCELoss/zeros": Text("CategoricalCELoss con ceros",
                                                           "CategoricalCELoss with zeros")}),
        ),
    ),
    Question(
        "2a",
        Text("Gradiente de la última capa: u", "Gradient of the last layer: u"),
        points=0.5,
        snippets={"2a": Snippet(("dL_duLm1",), INPUTS_2B)},
        forbidden=(*READY_ACTIVATIONS, *AUTOGRAD),
        needs=("0",),
        carried=1.0,
        checks=(
            Shape(Text("forma", "shape"), PROBES["output_gradient"], LAST_LAYER[:1]),
            Values(Text("dL_duLm1", "dL_duLm1"), PROBES["output_gradient"], LAST_LAYER,
                   hint=Text("La pérdida es un promedio sobre el lote: ¿dónde queda ese factor?",
                             "The loss is a mean over the batch: where does that factor go?")),
        ),
    ),
    Question(
        "2b",
        Text("Gradientes de la última capa: U, c y h", "Gradients of the last layer: U, c and h"),
        points=0.75,
        snippets={"2b": Snippet(("dL_dU", "dL_dc", "dL_dhL"), (*INPUTS_2B, "dL_duLm1"))},
        forbidden=(*READY_ACTIVATIONS, *AUTOGRAD),
        checks=(
            Shape(Text("formas", "shapes"), PROBES["output_layer_gradients"], LAST_LAYER[:1]),
            Values(Text("valores", "values"), PROBES["output_layer_gradients"], LAST_LAYER,
                   hint=Text("Cada gradiente tiene la forma de su tensor: usa las dimensiones como guía.",
                             "Each gradient has the shape of its tensor: let the dimensions guide you.")),
        ),
    ),
    Question(
        "2c",
        Text("Gradientes de una capa escondida", "Gradients of a hidden layer"),
        points=1.0,
        snippets={"2c": Snippet(OUTPUTS_2C, INPUTS_2C, ("_relu", "_celu", "_swish"))},
        forbidden=(*READY_ACTIVATIONS, *AUTOGRAD),
        needs=("0", "1a"),
        carried=1.0,
        checks=(
            *(Shape(Text(f"formas ({a})", f"shapes ({a})"), HIDDEN[a], HIDDEN_LAYER[:1])
              for a in HIDDEN),
            *(Values(Text(a, a), HIDDEN[a], HIDDEN_LAYER,
                     hint=Text(f"Primero dL_duk: el gradiente que llega, por la derivada de {a} evaluada en uk.",
                               f"First dL_duk: the gradient that arrives, times the derivative of {a} at uk."))
              for a in HIDDEN),
        ),
    ),
    Question(
        "3a",
        Text("FFNN.backward", "FFNN.backward"),
        points=2.0,
        names=("FFNN", "FFNN.backward"),
        needs=("0", "1a"),
        carried=1.0,
        forbidden=(*READY_ACTIVATIONS, *AUTOGRAD),
        checks=(
            Gradient(Text("gradiente de cada parámetro", "gradient of each parameter"), PROBES["backward"],
                     ARCHITECTURES, share=9, tolerance=GRADIENTS,
                     hint=Text("Compara capa por capa con tus respuestas de 2a, 2b y 2c.",
                               "Compare layer by layer with your answers to 2a, 2b and 2c.")),
            # Its own share: with one example many mistakes do not show, and would earn a ninth of the points.
            Gradient(Text("un solo ejemplo", "a single example"), PROBES["backward"], SINGLE, share=0.5,
                     per_case=False, tolerance=GRADIENTS,
                     hint=Text("Con un lote de un ejemplo las formas son (1, n): ¿algún squeeze o sum de más?",
                               "With a batch of one example the shapes are (1, n): an extra squeeze or sum?"),
                     refines=True),
            Gradient(Text("segundo backward", "second backward"), PROBES["backward_twice"], TWICE, share=0.5,
                     tolerance=GRADIENTS,
                     hint=Text("Cada backward asigna .grad de nuevo; no se acumula.",
                               "Each backward sets .grad again; it does not accumulate."), refines=True),
        ),
    ),
    Question(
        "3b",
        Text("Gradientes de beta y alpha", "Gradients of beta and alpha"),
        points=0.5,
        bonus=True,
        names=("FFNN", "FFNN.backward"),
        needs=("0", "1a"),
        carried=1.0,
        forbidden=(*READY_ACTIVATIONS, *AUTOGRAD),
        checks=(
            Gradient(Text("beta y alpha", "beta and alpha"), PROBES["backward_parameters"], WITH_PARAMETERS,
                     tolerance=GRADIENTS),
        ),
    ),
    Question(
        "3c",
        Text("Chequeo de gradiente", "Gradient check"),
        points=0.5,
        bonus=True,
        names=("chequeo_gradiente",),
        needs=("1b",),
        carried=1.0,
        checks=(
            Values(Text("red correcta", "right network"), PROBES["gradient_check_right"], CHECK_RIGHT,
                   labels={"small_relative_error": Text("error relativo pequeño", "small relative error")},
                   hint=Text("Con épsilon 1e-6 y float64 el error de una red correcta es casi 0.",
                             "With epsilon 1e-6 and float64 the error of a right network is almost 0.")),
            # Formula (19) itself: central differences leave 1e-10, a one-sided difference some 1e-6.
            Values(Text("fórmula (19)", "formula (19)"), PROBES["gradient_check_wrong"], CHECK_WRONG,
                   tolerance=Tolerance(rtol=1e-4, atol=1e-6),
                   labels={"relative_error": Text("error relativo", "relative error")},
                   hint=Text("Revisa los cuadrados y la suma del denominador de la fórmula (19).",
                             "Look at the squares and the sum in the denominator of formula (19).")),
        ),
    ),
    Question(
        "4a",
        Text("Descenso de gradiente", "Gradient descent"),
        points=0.75,
        names=("SGD",),
        forbidden=OPTIM,
        checks=(
            Values(Text("dos pasos", "two steps"), PROBES["sgd"], STEPS, tolerance=SHORT,
                   labels={"theta_1": Text("θ tras 1 step()", "θ after 1 step()"),
                           "theta_2": Text("θ tras 2 step()", "θ after 2 step()")},
                   hint=Text("En cada step() cada parámetro avanza contra su gradiente, con la tasa lr, y nada más.",
                             "In each step() each parameter moves against its gradient, at the rate lr. That is all.")),
        ),
    ),
    Question(
        "4b",
        Text("Datos al azar", "Random data"),
        points=0.5,
        names=("RandomDataset",),
        checks=(
            Values(Text("cada ejemplo", "each example"), PROBES["dataset_facts"], DATASETS, share=3,
                   weights={"unchanged": 3, "distinct": 2},
                   labels={"pairs": Text("dataset[i] es un par (x, y)", "dataset[i] is a pair (x, y)"),
                           "is_Dataset": Text("es un torch.utils.data.Dataset", "it is a torch.utils.data.Dataset"),
                           "valid_labels": Text("y es una etiqueta válida", "y is a valid label"),
                           "unchanged": Text("dataset[i] no cambia", "dataset[i] does not change"),
                           "distinct": Text("ejemplos distintos", "distinct examples")},
                   hint=Text("Hay N ejemplos, y dataset[i] es siempre el mismo par (x, y), con x de forma (F,).",
                             "There are N examples; dataset[i] is always the same pair (x, y), with x of shape (F,).")),
            Values(Text("clases", "classes"), PROBES["dataset_classes"], DATASETS[:1], share=0.5,
                   labels={"all_classes": Text("aparecen todas las clases", "all classes appear")}),
        ),
    ),
    Question(
        "4c",
        Text("Entrenamiento", "Training"),
        points=1.5,
        names=("entrenar_FFNN",),
        needs=("0", "1a", "1b", "3a", "4a", "4b"),
        carried=1.0,
        forbidden=(*AUTOGRAD, *OPTIM),
        checks=(
            Values(Text("entrenamiento", "training"), PROBES["training"], TRAINING, share=5,
                   weights={"final_parameters": 2, "losses": 2}, tolerance=TRAINED,
                   labels={"final_parameters": Text("parámetros finales", "final parameters"),
                           "steps": Text("llamadas a step()", "calls of step()"),
                           "examples_per_epoch": Text("ejemplos vistos por época", "examples seen per epoch"),
                           "losses": Text("pérdidas", "losses")},
                   hint=Text("Por cada lote: forward, pérdida, backward, step; en cada época, todos los ejemplos.",
                             "For each batch: forward, loss, backward, step; in each epoch, all the examples.")),
            Values(Text("dispositivo", "device"), PROBES["training_device"], DEVICES, share=1, per_case=True,
                   hint=Text("Mueve los datos de cada lote (y la red) al dispositivo pedido.",
                             "Move the data of each batch (and the network) to the device that is asked for.")),
        ),
    ),
    Question(
        "4d",
        Text("Gráficos de la pérdida", "Plots of the loss"),
        reviewed=0.75,
        checks=(Figures(Text("hay figuras", "there are figures")),),
    ),
    Question(
        "4e",
        Text("MNIST", "MNIST"),
        reviewed=0.5,
        bonus=True,
        attempted=r"MNIST|mnist|load_digits|fetch_openml",
        names=("FFNN", "SGD", "entrenar_FFNN"),
        needs=("1b", "3a", "4a", "4b", "4c"),
        checks=(
            Values(Text("aprende dígitos reales", "learns real digits"), learns_digits(images.digits), DIGITS,
                   share=0, labels={"half_right": Text("acierta al menos la mitad", "at least half are right")}),
        ),
    ),
)  # fmt: skip


NAMES = {
    name: thing
    for module in (activations, losses, network, optim, data, training, gradient_check, images)
    for name, thing in vars(module).items()
    if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
}


def _supplies(file: str, *, alone: bool) -> dict[str, str]:
    """The source of each public function and class of a file: the whole file, or with `alone` only its own part."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    parts = {getattr(node, "name", f"_{k}"): node for k, node in enumerate(ast.parse(text).body)}
    common = [node for name, node in parts.items() if name.startswith("_")]
    return {
        name: ast.unparse(ast.Module([*common, node], [])) if alone else text
        for name, node in parts.items()
        if not name.startswith("_")
    }


def _notebook(language: str, questions: Sequence[str], repository: str) -> str:
    return notebook.text(ASSIGNMENT, language, questions, repository)


def _selected(questions: Sequence[str]) -> tuple[str, ...]:
    return notebook.selected(ASSIGNMENT, questions)


ROOT = Path(__file__).parents[2]

ASSIGNMENT = Assignment(
    name="tarea2",
    title=Text("Tarea 2: backpropagation y descenso de gradiente", "Tarea 2: backpropagation and gradient descent"),
    language="es",
    questions=QUESTIONS,
    scale=Scale("Chile 1,0 a 7,0", low=1.0, high=7.0),
    reference=NAMES,
    snippets={
        "2a": network.output_layer_input,
        "2b": network.output_layer,
        "2c": network.hidden_layer,
    },
    misconceptions=MISCONCEPTIONS,
    template=ROOT / "student_template" / "tarea2.ipynb",
    notebook=_notebook,
    selected=_selected,
    examples=ROOT / "tests" / "submissions" / "tarea2",
    supplies=_supplies("supplied.py", alone=False),
    repairs=_supplies("repairs.py", alone=True),
    probes=PROBES,
    oracle=_supplies("repairs.py", alone=True)
    | _supplies("oracle.py", alone=True)
    | {"SGD": _supplies("supplied.py", alone=False)["OptimizadorDePrueba"] + "\n\nSGD = OptimizadorDePrueba\n"},
    tracers={"entrenar_FFNN": traces.trace},
)
