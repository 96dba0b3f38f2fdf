{{- define "spark-history.server" -}}
uid: 185
port: 18080
ports: [18080]
scratch: [/tmp]
{{- end }}
