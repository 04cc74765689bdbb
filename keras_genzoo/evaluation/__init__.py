"""What trained models are worth, in numbers."""

from keras_genzoo.evaluation.checks import check_disjoint, shared_examples
from keras_genzoo.evaluation.class_scores import (
    ClassBalance,
    class_balance,
    class_score,
)
from keras_genzoo.evaluation.classifier_features import ClassifierFeatures
from keras_genzoo.evaluation.features import (
    NetworkFeatures,
    extract_features,
    pixel_features,
    sample_batches,
)
from keras_genzoo.evaluation.frechet import frechet_distance, gaussian_frechet_distance
from keras_genzoo.evaluation.inception import InceptionFeatures
from keras_genzoo.evaluation.kernel import kernel_distance
from keras_genzoo.evaluation.manifold import ManifoldScores, precision_recall
from keras_genzoo.evaluation.memorisation import (
    Memorisation,
    UncoveredExamples,
    memorisation,
    uncovered_examples,
)
from keras_genzoo.evaluation.mode_coverage import (
    Ceiling,
    ClassCoverage,
    ModeCoverage,
    ceiling,
    class_ceiling,
    class_coverage,
    mode_coverage,
)
from keras_genzoo.evaluation.moments import FeatureStatistics, feature_statistics
from keras_genzoo.evaluation.sample_quality import SampleQuality, sample_quality
from keras_genzoo.evaluation.score import Score

__all__ = [
    "Ceiling",
    "ClassBalance",
    "ClassCoverage",
    "ClassifierFeatures",
    "FeatureStatistics",
    "InceptionFeatures",
    "ManifoldScores",
    "Memorisation",
    "ModeCoverage",
    "NetworkFeatures",
    "SampleQuality",
    "Score",
    "UncoveredExamples",
    "ceiling",
    "check_disjoint",
    "class_balance",
    "class_ceiling",
    "class_coverage",
    "class_score",
    "extract_features",
    "feature_statistics",
    "frechet_distance",
    "gaussian_frechet_distance",
    "kernel_distance",
    "memorisation",
    "mode_coverage",
    "pixel_features",
    "precision_recall",
    "sample_batches",
    "sample_quality",
    "shared_examples",
    "uncovered_examples",
]
