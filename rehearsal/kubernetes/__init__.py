"""What every part of the rehearsal needs of Kubernetes: its objects, its kubeconfig and its API."""
