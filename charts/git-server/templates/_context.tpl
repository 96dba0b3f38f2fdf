{{- define "git-server.server" -}}
uid: 1003
ports: [8080]
port: 8080
scratch: [/tmp]
{{- end }}
