# The image of train, evaluate and predict; each function names its own handler in template.yaml.
FROM public.ecr.aws/lambda/python:3.13

# LightGBM is linked against GNU OpenMP, which its wheel does not bring.
RUN dnf install -y --setopt=install_weak_deps=False --nodocs libgomp && dnf clean all

COPY requirements/ml.txt ${LAMBDA_TASK_ROOT}/requirements.txt
# The list pins everything: --no-deps keeps out what it does not name.
RUN pip install --no-cache-dir --no-deps --only-binary=:all: -r ${LAMBDA_TASK_ROOT}/requirements.txt

COPY layers/domain/python/plantcast ${LAMBDA_TASK_ROOT}/plantcast
COPY functions/train/ ${LAMBDA_TASK_ROOT}/functions/train/
COPY functions/evaluate/ ${LAMBDA_TASK_ROOT}/functions/evaluate/
COPY functions/predict/ ${LAMBDA_TASK_ROOT}/functions/predict/

CMD ["functions.predict.handler.handler"]
