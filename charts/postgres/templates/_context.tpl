{{- define "postgres.server" -}}
uid: 999
port: 5432
ports: [5432]
portName: postgres
scratch: [/tmp]
{{- end }}
