{{/* Where Prometheus scrapes it: `metricsPortName` and `metricsPath`; with `global.monitoring` {namespace} alone. */}}
{{- define "common.serviceMonitor" -}}
{{- if (.root.Values.global).monitoring }}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "common.metadata" . | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
  endpoints:
    - port: {{ .metricsPortName | default "http" }}
      path: {{ .metricsPath | default "/metrics" }}
      interval: 30s
{{- end }}
{{- end }}
