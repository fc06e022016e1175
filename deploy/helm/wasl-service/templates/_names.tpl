{{/* What things are called. The names are a contract: services find each other by them. */}}

{{- define "wasl-service.name" -}}
{{ .Values.name | default .Chart.Name }}
{{- end }}

{{/* What the names of everything that services share begin with. */}}
{{- define "wasl-service.suite" -}}
{{ .Values.global.suite | default .Release.Name }}
{{- end }}

{{- define "wasl-service.fullname" -}}
{{ include "wasl-service.suite" . }}-{{ include "wasl-service.name" . }}
{{- end }}

{{- define "wasl-service.keys-secret" -}}
{{ .Values.global.secrets.existingSecret | default (printf "%s-keys" (include "wasl-service.suite" .)) }}
{{- end }}

{{- define "wasl-service.database-secret" -}}
{{ .Values.database.existingSecret | default (printf "%s-database" (include "wasl-service.fullname" .)) }}
{{- end }}

{{- define "wasl-service.broker-secret" -}}
{{ .Values.broker.existingSecret | default (printf "%s-broker" (include "wasl-service.fullname" .)) }}
{{- end }}

{{- define "wasl-service.service-account" -}}
{{ .Values.serviceAccount.name | default (include "wasl-service.fullname" .) }}
{{- end }}

{{/* What selectors ask for. They never change, so nothing that changes between releases is here. */}}
{{- define "wasl-service.selector" -}}
app.kubernetes.io/name: {{ include "wasl-service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wasl-service.labels" -}}
{{ include "wasl-service.selector" . }}
app.kubernetes.io/part-of: wasl
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "wasl-service-%s" .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* registry/prefix-and-name:tag@digest, each part as the service says, else as everybody. */}}
{{- define "wasl-service.image" -}}
{{- $shared := .Values.global.image }}
{{- $registry := .Values.image.registry | default $shared.registry }}
{{- $repository := .Values.image.repository | default (printf "%s%s" $shared.prefix (include "wasl-service.name" .)) }}
{{- $tag := .Values.image.tag | default $shared.tag | default .Chart.AppVersion }}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $repository }}:{{ $tag }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
