{{/*
Every template here takes one dictionary:
  root       the chart's own context ($)
  values     the component's values
  component  its name within the system; empty for the one that has the system's name
  uid        the user that its image runs as
*/}}

{{- define "common.name" -}}
{{ .root.Chart.Name }}{{ with .component }}-{{ . }}{{ end }}
{{- end }}

{{- define "common.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/component: {{ .component | default "server" }}
{{- end }}

{{- define "common.labels" -}}
{{ include "common.selector" . }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: casparian
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "common.metadata" -}}
name: {{ include "common.name" . }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "common.labels" . | nindent 2 }}
{{- end }}
