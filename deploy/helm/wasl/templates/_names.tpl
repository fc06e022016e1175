{{- define "wasl.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: wasl
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "wasl-%s" .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Of what mode dev brings along: whoever looks at it shall see that it is not for real data. */}}
{{- define "wasl.dev-labels" -}}
{{ include "wasl.labels" . }}
wasl/mode: dev
{{- end }}

{{/* How many proxies stand between a person and the gateway. Rendered for the gateway, which sees
     global; what is not there counts as it is by default. */}}
{{- define "wasl.proxies" -}}
{{- $expose := .Values.global.expose }}
{{- add 1 (eq $expose.kind "none" | ternary 0 1) (int $expose.proxies) }}
{{- end }}

{{- define "wasl.public-url" -}}
{{- $global := .Values.global }}
{{- if $global.publicUrl }}{{ $global.publicUrl }}
{{- else if ne $global.expose.kind "none" }}https://{{ $global.expose.host }}
{{- end }}
{{- end }}

{{/* Names of the services that have a database, or a user of RabbitMQ, as a JSON list. */}}
{{- define "wasl.users-of" -}}
{{- $names := list }}
{{- $what := .what }}
{{- range $name, $service := .root.Subcharts }}
{{- if (get $service.Values $what).enabled }}
{{- $names = append $names $name }}
{{- end }}
{{- end }}
{{- toJson (sortAlpha $names) }}
{{- end }}

{{/* The container of something that mode dev runs: everything that Pod Security calls restricted. */}}
{{- define "wasl.dev-pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.global.pods.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.global.pods.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.global.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "wasl.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* What a Secret holds now, decoded; empty when it is not there or nobody can look. */}}
{{- define "wasl.kept" -}}
{{- $kept := dict }}
{{- range $key, $value := (lookup "v1" "Secret" .root.Release.Namespace .name).data }}
{{- $_ := set $kept $key (b64dec $value) }}
{{- end }}
{{- toJson $kept }}
{{- end }}

{{/* Starts the image's own entrypoint once nobody else has the volume. A pod that was deleted by force
     may still run beside its successor for a while, and two servers on one volume destroy it. */}}
{{- define "wasl.locked" -}}
- sh
- -c
- exec 9>"$1" && flock 9 && shift && exec docker-entrypoint.sh "$@"
- locked
- {{ . }}/.wasl-lock
{{- end }}

{{/* Says what to do where Kubernetes would only say that it is forbidden. */}}
{{- define "wasl.same-size" -}}
{{- range dig "spec" "volumeClaimTemplates" list (lookup "apps/v1" "StatefulSet" .root.Release.Namespace .name) }}
{{- $size := .spec.resources.requests.storage }}
{{- if ne $size $.size }}
{{- fail (printf "%s: a volume that is there keeps its size, %s. To have a larger one: kubectl patch the claim data-%s-0, then kubectl delete statefulset %s --cascade=orphan, then upgrade with the new size." $.value $size $.name $.name) }}
{{- end }}
{{- end }}
{{- end }}
