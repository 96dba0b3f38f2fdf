{{/*
Three probes by one question.
  probe    how it is asked: httpGet, tcpSocket or exec, as Kubernetes spells it
  seconds  how long a start may take
*/}}
{{- define "common.probes" -}}
{{- $question := toYaml .probe -}}
startupProbe:
  {{- $question | nindent 2 }}
  periodSeconds: 3
  timeoutSeconds: 10
  failureThreshold: {{ div (add .seconds 2) 3 }}
readinessProbe:
  {{- $question | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 10
  failureThreshold: 3
livenessProbe:
  {{- $question | nindent 2 }}
  periodSeconds: 30
  timeoutSeconds: 20
  failureThreshold: 5
{{- end }}
