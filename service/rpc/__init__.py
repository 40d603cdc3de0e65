"""gRPC: our own Predictor and the Open Inference Protocol, on one port."""
