{{/*
Who may call it: `ports` from the callers of `values.callers`, a list of
  {system, component}  pods of a system in this namespace; component may be left out
  {namespace}          all pods of a namespace
  {namespace, labels}  those of them with the labels
Everyone else is refused by the namespace's default-deny (chart `casparian`).
*/}}
{{- define "common.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "common.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
  policyTypes: [Ingress]
  {{- $callers := .values.callers | default .root.Values.callers }}
  {{- if or $callers (.root.Values.global).monitoring }}
  ingress:
    {{- with $callers }}
    - from:
        {{- range . }}
        {{- include "common.caller" . | nindent 8 }}
        {{- end }}
      ports:
        {{- range $.ports }}
        - port: {{ . }}
        {{- end }}
    {{- end }}
    {{- include "common.monitoringRule" . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "common.caller" -}}
{{- if .namespace -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace }}
  {{- with .labels }}
  podSelector:
    matchLabels:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- else -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .system }}
      {{- with .component }}
      app.kubernetes.io/component: {{ . }}
      {{- end }}
{{- end }}
{{- end }}

{{- define "common.monitoringRule" -}}
{{- with (.root.Values.global).monitoring }}
- from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .namespace }}
  ports:
    - port: {{ $.metricsPort | default (first $.ports) }}
{{- end }}
{{- end }}

{{/* A ClusterIP service of one port by the component's name. */}}
{{- define "common.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "common.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "common.selector" . | nindent 4 }}
  ports:
    - name: {{ .portName | default "http" }}
      port: {{ .port }}
      targetPort: {{ .portName | default "http" }}
{{- end }}

{{/* A name outside: `values.host` or <system>.<global.domain>, on the Gateway that `global.gateway` names. */}}
{{- define "common.httpRoute" -}}
{{- with (.root.Values.global).gateway }}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "common.metadata" $ | nindent 2 }}
spec:
  parentRefs:
    - name: {{ .name }}
      namespace: {{ .namespace }}
  hostnames:
    - {{ $.values.host | default (printf "%s.%s" $.root.Chart.Name (required "global.domain: say the domain of the gateway's names" $.root.Values.global.domain)) }}
  rules:
    - backendRefs:
        - name: {{ include "common.name" $ }}
          port: {{ $.port }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "common.name" $ }}-gateway
  namespace: {{ $.root.Release.Namespace }}
  labels:
    {{- include "common.labels" $ | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selector" $ | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .namespace }}
      ports:
        - port: {{ $.port }}
{{- end }}
{{- end }}
