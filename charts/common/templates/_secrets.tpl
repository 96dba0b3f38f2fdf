{{/*
A secret that the system needs: `secret`, its name, and `keys`. With `global.externalSecrets` {store, path} External
Secrets makes it; without, it must be there (`make up` makes one with random words), and nothing is rendered.
*/}}
{{- define "common.externalSecret" -}}
{{- $namespace := .namespace | default .root.Release.Namespace }}
{{- with (.root.Values.global).externalSecrets }}
{{- $path := .path | default "casparian" }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ $.secret }}
  namespace: {{ $namespace }}
  labels:
    {{- include "common.labels" $ | nindent 4 }}
spec:
  refreshInterval: 1h
  secretStoreRef:
    kind: ClusterSecretStore
    name: {{ .store }}
  target:
    name: {{ $.secret }}
  data:
    {{- range $.keys }}
    - secretKey: {{ . }}
      remoteRef:
        key: {{ $path }}/{{ $.secret }}
        property: {{ . }}
    {{- end }}
{{- end }}
{{- end }}

{{/* One environment variable from a secret: `name`, `secret`, `key`. */}}
{{- define "common.secretEnvironment" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}

{{/*
How a server lets people log in by OpenID Connect: `global.oidc` {issuer} for all systems, `values.oidc` {client} for one.
The client's secret is the key oidc-client-secret of `secret`.
*/}}
{{- define "common.oidcEnvironment" -}}
{{- if and (.root.Values.global).oidc .values.oidc }}
- name: OIDC_ISSUER
  value: {{ .root.Values.global.oidc.issuer }}
- name: OIDC_CLIENT_ID
  value: {{ .values.oidc.client | default .root.Chart.Name }}
{{ include "common.secretEnvironment" (dict "name" "OIDC_CLIENT_SECRET" "secret" .secret "key" "oidc-client-secret") }}
{{- end }}
{{- end }}
