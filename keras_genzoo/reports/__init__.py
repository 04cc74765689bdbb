"""What a model is worth on a data set: one table, one page."""

from keras_genzoo.reports.evaluate import EvaluationOptions, evaluate_model
from keras_genzoo.reports.evaluation import Evaluation, Measured
from keras_genzoo.reports.images import ReportData, load_data
from keras_genzoo.reports.page import write_page
from keras_genzoo.reports.subject import Subject, load_subject

__all__ = [
    "Evaluation",
    "EvaluationOptions",
    "Measured",
    "ReportData",
    "Subject",
    "evaluate_model",
    "load_data",
    "load_subject",
    "write_page",
]
