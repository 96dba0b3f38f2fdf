{{/* Of two and more replicas one may go at a time. A single one has no budget: it would forbid the drain of its node for ever. */}}
{{- define "common.podDisruptionBudget" -}}
{{- if gt (int .values.replicas) 1 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "common.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* `values.autoscale`: {max, cpu}; from values.replicas up to max, by the share (%) of the requested CPU. */}}
{{- define "common.horizontalPodAutoscaler" -}}
{{- with .values.autoscale }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "common.metadata" $ | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "common.name" $ }}
  minReplicas: {{ $.values.replicas }}
  maxReplicas: {{ .max }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .cpu }}
{{- end }}
{{- end }}

{{/* Replicas, where no autoscaler says them. */}}
{{- define "common.replicas" -}}
{{- if not .values.autoscale -}}
replicas: {{ .values.replicas }}
{{- end }}
{{- end }}
