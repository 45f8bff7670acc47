"""The names of the packages that stand-ins replace for the student's own code."""

from __future__ import annotations

# Always replaced, also where they are installed: a grade must not depend on what is installed, and matplotlib alone
# takes 0.4 s to import. `grader` is the self-check in students' notebooks, which does nothing here.
ALWAYS = frozenset(
    {
        "grader",
        *("google", "ipdb", "pdb", "IPython", "ipywidgets", "tqdm", "alive_progress", "fastprogress", "jdc"),
        *("matplotlib", "pylab", "seaborn", "plotly", "bokeh", "altair", "tensorboardX", "tensorboard"),
        *("torchviz", "torchsummary", "torchinfo", "livelossplot", "hiddenlayer", "netron", "graphviz"),
        *("wandb", "mlflow", "comet_ml", "neptune", "clearml", "aim", "nbdev", "marimo", "otter", "pyspark"),
    }
)
# Replaced only where they are missing: their values may matter where they exist.
WHEN_MISSING = frozenset(
    {
        *("pandas", "torchvision", "sklearn", "scipy", "PIL", "cv2", "tensorflow", "keras"),
        *("requests", "wget", "gdown", "d2l", "fastcore", "rich", "icecream", "termcolor", "colorama", "tabulate"),
        *("prettytable", "humanize", "loguru", "colorlog", "dotenv", "nest_asyncio", "knockknock"),
        *("ntfy", "telegram_send", "pynvml", "GPUtil", "psutil", "codecarbon", "torchmetrics"),
        *("lightning", "pytorch_lightning"),
    }
)
