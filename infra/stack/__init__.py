"""The CloudFormation stack: template, outputs, and clients for what was deployed."""
