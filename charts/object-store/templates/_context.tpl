{{- define "object-store.server" -}}
uid: 1002
ports: [7070]
port: 7070
scratch: [/tmp]
image: {name: {{ ternary "minio" "object-store" (eq .Values.program "minio") }}}
{{- end }}
